"""What every folder of tests may ask for; a server is started when a test first asks."""

from tests.qdrant_server import index_folder, qdrant_peer, qdrant_url
from tests.servers import postgres_server, postgres_template, postgres_url

__all__ = [
    "index_folder",
    "postgres_server",
    "postgres_template",
    "postgres_url",
    "qdrant_peer",
    "qdrant_url",
]
