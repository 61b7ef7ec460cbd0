"""The small figures beside the navigation: what waits for somebody in each room of the console."""

from collections.abc import Mapping

from hq_sync_server.console.visits import Visit
from hq_sync_server.office.access.roles import scope_of
from hq_sync_server.office.inbox import inbox
from hq_sync_server.office.members import member_requests, tickets


def counts(visit: Visit) -> Mapping[str, int]:
    """Room -> how many wait there, for whoever may see it."""
    found = {}
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        if visit.viewer.may("exceptions.see"):
            found["exceptions"] = inbox.count_open(connection, scope)
        if visit.viewer.may("tickets.see"):
            found["tickets"] = tickets.count_open(connection, scope)
        if visit.viewer.may("members.agree"):
            found["requests"] = member_requests.count_waiting(connection, visit.viewer, scope)
    return found
