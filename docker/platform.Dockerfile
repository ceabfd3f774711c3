# The platform: Dagster code location, webserver, daemon and MLflow server run from this one image.
# Linted and schema-checked in CI; CI has no container engine, so it is not built there.
# Build from the checkout: docker build -f docker/platform.Dockerfile -t credit-platform .

FROM python:3.11.14-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /app
COPY docker/requirements/bootstrap.txt docker/requirements/platform.txt docker/requirements/build.txt docker/requirements/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r docker/requirements/bootstrap.txt \
    && /opt/venv/bin/uv pip install --no-cache --python /opt/venv/bin/python --no-deps --require-hashes \
        -r docker/requirements/platform.txt -r docker/requirements/build.txt
# The platform runs from a checkout, so the install is editable: only its own lines change when code does.
COPY pyproject.toml README.md LICENSE workspace.yaml ./
COPY credit_platform credit_platform
COPY dbt_star_schema dbt_star_schema
RUN /opt/venv/bin/uv pip install --no-cache --python /opt/venv/bin/python --no-deps --no-build-isolation -e .

FROM python:3.11.14-slim-bookworm
# LightGBM's wheel links the system's OpenMP.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 platform \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /state platform \
    && install -d -o platform -g platform /state /state/dagster /data /data/curated /releases /online /journal /mlflow
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CREDIT_PLATFORM_PROJECT=/app \
    CREDIT_PLATFORM_HOME=/state \
    CREDIT_PLATFORM_DATA_DIR=/data/raw \
    CREDIT_PLATFORM_CURATED_URL=file:///data/curated \
    DAGSTER_HOME=/state/dagster \
    DAGSTER_DISABLE_TELEMETRY=1 \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false
WORKDIR /app
USER 10001:10001
EXPOSE 3000 4000 5000
CMD ["dagster", "code-server", "start", "--host", "0.0.0.0", "--port", "4000", "-m", "credit_platform.definitions"]
