"""Background work as people see it: how far it is, what came of it, and all that one has begun."""

from uuid import UUID

from fastapi.responses import Response

from hq_sync_server.console.visits import Visit
from hq_sync_server.office.access import background
from shared_models.refusals import Refusal


def show_all(visit: Visit) -> Response:
    """The newest jobs."""
    with visit.desk.read() as connection:
        jobs = background.newest(connection, visit.viewer)
    return visit.page("jobs.html", jobs=jobs)


def show_one(visit: Visit) -> Response:
    """One job, while it runs and afterwards."""
    try:
        job_id = UUID(hex=visit.path("job_id"))
    except ValueError:
        raise Refusal("not_found") from None
    with visit.desk.read() as connection:
        job = background.one(connection, visit.viewer, job_id)
    refused = job.result.get("refused")
    said = ""
    if refused:
        fields = {name: value for name, value in job.result.items() if name not in ("refused", "problems")}
        said = visit.texts.refusal(Refusal(refused, **fields))
    return visit.page("job.html", job=job, refused=said)
