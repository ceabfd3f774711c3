# The REST scorer: contracts, engine and scorer only. No Dagster, MLflow, scikit-learn or pickle is in this image.
# Linted and schema-checked in CI; CI has no container engine, so it is not built there.
# Build from the checkout: docker build -f docker/scorer.Dockerfile -t credit-scorer .

FROM python:3.11.14-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /build
COPY docker/requirements/bootstrap.txt docker/requirements/scorer.txt ./
# uv stays in an environment of its own: the served one holds what the scorer's lock names and nothing else.
RUN python -m venv /opt/uv \
    && /opt/uv/bin/pip install --no-cache-dir --require-hashes -r bootstrap.txt \
    && python -m venv --without-pip /opt/venv \
    && /opt/uv/bin/uv pip install --no-cache --python /opt/venv/bin/python --no-deps --require-hashes -r scorer.txt

FROM python:3.11.14-slim-bookworm
RUN groupadd --gid 10001 scorer \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent scorer \
    && install -d -o scorer -g scorer /releases /online /journal /state
COPY --from=build /opt/venv /opt/venv
COPY credit_platform/__init__.py /app/credit_platform/__init__.py
COPY credit_platform/contracts /app/credit_platform/contracts
COPY credit_platform/engine /app/credit_platform/engine
COPY credit_platform/scorer /app/credit_platform/scorer
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/app \
    CREDIT_PLATFORM_PROJECT=/app \
    CREDIT_PLATFORM_HOME=/state
WORKDIR /app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=6 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
# Its own server and not uvicorn's command: heads are bounded in time and size, logs are JSON, SIGTERM drains. It listens
# on every address and so is never in open mode: without keys or tokens it answers /health/live, /health/ready and /docs.
CMD ["python", "-m", "credit_platform.scorer", "0.0.0.0", "8000"]
