# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS builder
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
RUN pip install --no-cache-dir uv
WORKDIR /src
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY bot_service bot_service
COPY core core
COPY monitoring monitoring
COPY schemas schemas
COPY services services
# The lock holds the development tools too; as constraints it pins only what the desk needs.
RUN uv venv /opt/newsdesk && \
    uv pip install --python /opt/newsdesk --no-cache --constraint requirements.lock .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data newsdesk && \
    install --directory --owner newsdesk --mode 0700 /data
COPY --from=builder /opt/newsdesk /opt/newsdesk
ENV PATH=/opt/newsdesk/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NEWSDESK_DATA_DIR=/data \
    NEWSDESK_HTTP_HOST=0.0.0.0 \
    NEWSDESK_HTTP_PORT=8080
USER newsdesk
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["newsdesk"]
CMD ["run"]
