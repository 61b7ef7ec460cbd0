"""The sequencer: one transaction at a time links HQ's own facts into its chain and places what changed in the feed."""

from sqlalchemy import Connection

from hq_sync_server.office.books import hq_facts
from hq_sync_server.office.organisation import feed


def sequence(connection: Connection) -> bool:
    """Do what waits; True when nothing is left."""
    hq_facts.link(connection)
    return feed.place(connection)
