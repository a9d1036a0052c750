"""How drf-spectacular writes down our token in the OpenAPI document."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class TokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer <secret>`; `Token <secret>` is taken as well."""

    target_class = "marketplace.rest.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """As OpenAPI spells it."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token made on the page for developers, or in your account.",
        }
