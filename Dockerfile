# Two stages: the second has the dependencies and the code, and no compiler and no cache.
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install --no-install-recommends --yes make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY Makefile pyproject.toml ./
RUN make venv-run

FROM python:3.12-slim
# make, since every command of docker-compose.yml is a make target.
RUN apt-get update && apt-get install --no-install-recommends --yes make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin manyhands
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY . .
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# The copy of pyproject.toml must not look newer than what was installed from it. Static files
# go into the image: the settings only need some secrets to be read, and these stay here.
RUN touch .venv/.installed-run \
    && mkdir var \
    && MANYHANDS_MODE=production MANYHANDS_STATIC=/app/static-collected ALLOWED_HOSTS=build \
       DATABASE_URL=postgresql://build@build/build FIELD_ENCRYPTION_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE= \
       SECRET_KEY=build-only-build-only-build-only-build-only-build-only \
       python manage.py collectstatic --noinput --verbosity 0 \
    && chown manyhands var
ENV MANYHANDS_STATIC=/app/static-collected
USER manyhands
VOLUME /app/var
EXPOSE 8000
CMD ["make", "web"]
