"""How an HQ server is set up: where its records and keys are, and where it listens.

Read from the environment (`TILLBOOK_HQ_DATABASE_URL`, ...) and overridden by the command line; asked by the commands
and the composition root alone.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared_models.moments import DEFAULT_TIME_ZONE
from shared_models.refusals import Refusal

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8750


def _home() -> Path:
    return user_data_path("tillbook", appauthor=False) / "hq"


class HqSettings(BaseSettings):
    """One server's settings. The key folder is apart from the database: each is worthless to a thief of the other."""

    model_config = SettingsConfigDict(env_prefix="TILLBOOK_HQ_", frozen=True, extra="ignore")

    database_url: str = Field(default_factory=lambda: f"sqlite:///{_home() / 'hq.db'}")
    key_folder: Path = Field(default_factory=lambda: _home() / "keys")
    host: str = LOOPBACK
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535)
    time_zone: str = DEFAULT_TIME_ZONE


def load_settings(given: Mapping[str, Any]) -> HqSettings:
    """The environment's settings with those given (neither None nor empty) put over them.

    Refuses `setting_invalid`, by name.
    """
    try:
        return HqSettings(**{name: value for name, value in given.items() if value not in (None, "")})
    except ValidationError as error:
        first = error.errors()[0]
        raise Refusal("setting_invalid", name=".".join(str(part) for part in first["loc"])) from None
