"""The operations, a module for each kind of thing. Importing this package registers them."""

__all__: list[str] = []
