"""Names that one task of all processes holds at a time: `Store.exclusive` guards them."""

INGEST = "ingest"
"""The lane in which stories form: whoever adds or deletes articles."""

INDEX = "index"
"""The way from the store to the search index: whoever writes there what the store holds."""
