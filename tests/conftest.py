"""What every folder of tests may ask for; a server is started when a test first asks."""

import pytest
import structlog

from tests.qdrant_server import index_folder, qdrant_peer, qdrant_url
from tests.servers import own_redis, postgres_server, postgres_template, postgres_url, redis_server

__all__ = [
    "index_folder",
    "own_redis",
    "postgres_server",
    "postgres_template",
    "postgres_url",
    "qdrant_peer",
    "qdrant_url",
    "redis_server",
]


@pytest.fixture(autouse=True)
def own_logs() -> None:
    """Let no test log as an earlier one was told to."""
    structlog.reset_defaults()
