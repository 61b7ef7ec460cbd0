"""How the till's two databases came to be, step by step: numbered, never edited after release.

Only `database.open_database` runs them. A step is the list of statements that leads to its version.
"""

from pos_client.ledger.migrations.ledger_0001 import STATEMENTS as LEDGER_0001
from pos_client.ledger.migrations.mirror_0001 import STATEMENTS as MIRROR_0001

Migrations = tuple[tuple[str, ...], ...]

LEDGER_MIGRATIONS: Migrations = (LEDGER_0001,)
MIRROR_MIGRATIONS: Migrations = (MIRROR_0001,)
