"""Which jobs a running desk has, and when."""

from services.desk import Desk

DRAIN_EVERY_S = 30.0
WATCH_MODELS_EVERY_S = 30.0
PURGE_AT = "03:30"


def schedule_jobs(desk: Desk) -> None:
    """Name the jobs of a running desk; they begin when somebody starts the queue."""

    async def drain(_: object) -> None:
        await desk.importing.drain()

    async def purge(_: object) -> None:
        await desk.purge()

    async def watch_models(_: object) -> None:
        await desk.watch_models()

    desk.jobs.register("index.drain", drain)
    desk.jobs.register("retention.purge", purge)
    desk.jobs.register("models.watch", watch_models)
    desk.jobs.schedule("index.drain", every_s=DRAIN_EVERY_S)
    desk.jobs.schedule("retention.purge", daily_at=PURGE_AT)
    desk.jobs.schedule("models.watch", every_s=WATCH_MODELS_EVERY_S)
