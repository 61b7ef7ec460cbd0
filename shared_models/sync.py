"""The wire: what tills and HQ say to each other.

    POST /v1/enrol                                                 once, by a one-time code
    POST /v1/return                                                to an HQ that lost it: by HQ's own certificate
    POST /v1/hello     POST /v1/entries     POST /v1/rights        the control lane, one request at a time
    POST /v1/heal                                                  on the lane too: open a new epoch
    GET  /v1/changes   (long poll)   GET  /v1/history              beside it; they carry no rights

Bodies are msgpack (`application/msgpack`) or JSON (`application/json`) of these structs, optionally zstd-compressed
(`Content-Encoding: zstd`, the whole body one frame); answers are msgpack unless `Accept` names JSON alone.

Every request but enrolment is signed (RFC 9421) with the till's own Ed25519 key: label and tag `tillbook`, alg
`ed25519`, keyid = the till's id as 32 hex digits, `created` in seconds of the till's own clock (nobody refuses a wild
one: against replay stand the lane's request numbers). Covered, in this order: POST "@method" "@path" "content-digest",
the digest (RFC 9530, sha-256) being of the bytes as sent, compressed or not; GET "@method" "@path" "@query". A GET
repeats as `nonce` the newest word of HQ's: the header `tillbook-fresh` of its answers.

`GET /v1/changes?cursor=<hq_epoch>.<position>&wait=<seconds>` is answered by a ChangesPage.
A request not taken at all is answered by HTTP 4xx with a WireRefusal: 400 `malformed`, 401 `signature_missing`
`signature_wrong` `till_unknown` `till_revoked` `read_stale`, 404 `not_found`, 405 `method_wrong`, 413 `too_large`,
415 `encoding_unknown`, 422 `request_wrong` and, at enrolment, `code_unknown` `code_used` `code_expired`; the number of
a lane request so refused stays free. Everything the lane answers (refusals included) is 200 with a ControlAnswer.
"""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared_models.acknowledgement import Acknowledgement, digest_of_given
from shared_models.bodies import GrantAdopted, TokenMove
from shared_models.entries import AttachmentKind
from shared_models.feed import FEED_KINDS as FEED_KINDS
from shared_models.feed import ChangesPage as ChangesPage
from shared_models.feed import FeedRow as FeedRow
from shared_models.members import MemberRow
from shared_models.sales import Approval, Cursor

WIRE_VERSION = 1
MSGPACK = "application/msgpack"
JSON = "application/json"
BATCH_ENTRIES_MAX = 500
BATCH_BYTES_MAX = 4 * 1024 * 1024
REPORT_LOTS_MAX = 500
CHANGES_ROWS_MAX = 5000
HISTORY_ENTRIES_MAX = 500
LADDER_RUNGS_MAX = 64
LONG_POLL_SECONDS = 25
SIGNATURE_LABEL = "tillbook"
SIGNED_POST = ("@method", "@path", "content-digest")
SIGNED_GET = ("@method", "@path", "@query")

NAME_COMMON = frozenset({"rollback", "fork", "closed"})
"""Answers that name the last common entry instead of an acknowledged one."""
Outcome = Literal["ok", "resend_from", "stale", "clone", "rollback", "fork", "closed", "kept", "refused"]
VerdictOutcome = Literal["exception", "parked"]


class LanePosition(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every request of the control lane carries. (adopted_request, adopted_seq) is the last grant adopted: the
    number of the answer that gave it, and the seq of the rights_adopted or token_acquired entry that took it.
    `frozen`: why the till has frozen its own rights ('' when it has not). `proof`: HQ's own word for `acked_*` and
    `hq_epoch`, without which HQ believes no claim above what it has."""

    wire_version: int = WIRE_VERSION
    till_id: UUID
    epoch: int
    hq_epoch: int = 0
    request_number: int
    acked_seq: int
    acked_hash: bytes
    seq: int
    head_hash: bytes
    adopted_request: int = 0
    adopted_seq: int = 0
    frozen: str = ""
    proof: Acknowledgement | None = None


class Rung(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A link of a till's chain, named so that HQ may say whether it knows it. Seq 0: what the first link follows."""

    seq: int
    entry_hash: bytes


class EpochBegin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the first entry of an epoch of this till follows."""

    epoch: int
    prev_hash: bytes


class WireEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry on its way. Till, epoch and prev_hash follow from the batch."""

    seq: int
    entry_type: str
    type_version: int
    body: bytes
    entry_hash: bytes


class WireAttachment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attachment of an entry of the same batch."""

    seq: int
    kind: AttachmentKind
    salt: bytes
    content: bytes


class LotCounters(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the till has of one lot in its present epoch: granted, and its own T, K, S and R."""

    subject: UUID
    lot: str
    granted: int = 0
    credited: int = 0
    risk: int = 0
    spent: int = 0
    released: int = 0


class CountersReport(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page of what a till holds, for an HQ that was restored from a backup: all counters that are not zero, all
    tokens it owns. `last`: with this page it has named everything, and all its entries are delivered."""

    counters: tuple[LotCounters, ...] = ()
    tokens: tuple[TokenMove, ...] = ()
    last: bool = False


class HelloRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who I am, where I stand, what I have waiting; and what I hold, when HQ asked for it."""

    lane: LanePosition
    program_version: str = ""
    rule_hash: str = ""
    mirror_cursor: Cursor = Cursor()
    till_time_ms: int = 0
    waiting_entries: int = 0
    waiting_fen: int = 0
    ladder: tuple[Rung, ...] = ()
    epochs: tuple[EpochBegin, ...] = ()
    report: CountersReport | None = None


class EntriesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A batch: entries with seq first..last without a gap, following `prev_hash`; signed over
    `entries.batch_signature_input(till, epoch, last seq, last hash)`. `branch`: they follow an entry HQ has, though it
    need not be HQ's head (the till is frozen and knows it). `epoch`: an earlier one that was not delivered to its end
    before the lane's was opened (0: the lane's)."""

    lane: LanePosition
    first_seq: int
    prev_hash: bytes
    entries: tuple[WireEntry, ...]
    attachments: tuple[WireAttachment, ...] = ()
    signature: bytes
    branch: bool = False
    epoch: int = 0


class LotWanted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The G the till wants of a lot, absolute. Lot `*` asks for all lots of the subject, each up to what is free."""

    subject: UUID
    lot: str = "*"
    granted_total: int = 0


class SaleWanted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The right to refund a sale, by its id or by the number on its receipt (of a store, the till's own if none)."""

    sale_id: UUID | None = None
    receipt_number: str = ""
    store_id: UUID | None = None


class RightsRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Rights and tokens the till wants, by name; `coupons_of` asks for the tokens of all coupons of these members,
    `sales` for the rights to refund these sales."""

    lane: LanePosition
    lots: tuple[LotWanted, ...] = ()
    tokens: tuple[UUID, ...] = ()
    coupons_of: tuple[UUID, ...] = ()
    sales: tuple[SaleWanted, ...] = ()


class TokenRecall(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A token that another till waits for: its owner should release it. `subject` as in TokenMove."""

    token: UUID
    kind: Literal["coupon", "home", "refund_right", "order"]
    subject: UUID | None = None


class TokenHeld(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a token or sale that was asked for by name was not given. `at_till`: that till has it, and HQ asks it for it;
    `order`: the receipt is the slip of `order_id`, or the order was changed and is that one now: its token is asked for
    by name; `unknown`: HQ knows no such thing;
    `used`, `withdrawn` or `expired`: nobody gets it; `not_now`: ask again later.
    What was asked for: `token`, or a sale by its id or its receipt's number, of the store `store_id` if one was
    named."""

    code: Literal["at_till", "order", "unknown", "used", "withdrawn", "expired", "not_now"]
    token: UUID | None = None
    sale_id: UUID | None = None
    receipt_number: str = ""
    till_id: UUID | None = None
    till_number: int = 0
    store_name: str = ""
    store_id: UUID | None = None
    order_id: UUID | None = None


class HealRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Open a new epoch: all of the present one is at HQ, and somebody who may (`approvals`, or somebody at HQ) says
    that no other disk of this till goes on. `reason`: why its rights were frozen."""

    lane: LanePosition
    reason: str
    approvals: tuple[Approval, ...] = ()


class Verdict(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry that was not plainly ok: accepted with a named exception, or parked. Neither blocks what follows."""

    seq: int
    outcome: VerdictOutcome
    code: str


class Target(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What this holder should keep of a lot when nobody needs it (lots not named: 0)."""

    subject: UUID
    lot: str
    amount: int


class ControlAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """HQ's answer to any request of the control lane; it is stored and closes the number. `grants` and `tokens` belong
    to request `grant_request`, which may be an earlier one that the till has not adopted yet. `members` are fresh rows
    of the subjects asked for. `hq_signature` signs what `acknowledgement()` says; (acked_seq, acked_hash) is of
    `acked_epoch`.

    Healing: (common_seq, common_hash) is the last entry known to be at both ends (-1: none is known yet), of
    `common_epoch` (0: the lane's); `trouble` is why HQ lends this till nothing; `opened_epoch` the till's newest epoch
    where it is not the lane's (to `heal`: the one just opened); `epoch_allowed`: somebody at HQ allows a new one.

    `recovering`: HQ came back from a backup and lends nothing yet; `report_wanted`: it awaits this till's report.
    `recalls`: tokens this till should give back for another; `held`: what it asked for by name and why not.
    `beside`: what an order among `tokens` has beside its entry (`seq` 0), as far as nobody was forgotten.
    `targets` are absolute (0: nothing). `short`: of these members more is asked back from other tills: ask again."""

    request_number: int
    outcome: Outcome
    refusal: str = ""
    hq_epoch: int = 0
    acked_seq: int = 0
    acked_hash: bytes = b""
    hq_last_request: int = 0
    hq_head_seq: int = 0
    common_seq: int = -1
    common_hash: bytes = b""
    common_epoch: int = 0
    trouble: str = ""
    opened_epoch: int = 0
    epoch_allowed: bool = False
    verdicts: tuple[Verdict, ...] = ()
    grant_request: int = 0
    grants: tuple[GrantAdopted, ...] = ()
    tokens: tuple[TokenMove, ...] = ()
    targets: tuple[Target, ...] = ()
    short: tuple[UUID, ...] = ()
    members: tuple[MemberRow, ...] = ()
    hq_time_ms: int = 0
    acked_epoch: int = 0
    hq_signature: bytes = b""
    recovering: bool = False
    report_wanted: bool = False
    recalls: tuple[TokenRecall, ...] = ()
    held: tuple[TokenHeld, ...] = ()
    beside: tuple[WireAttachment, ...] = ()

    def acknowledgement(self) -> Acknowledgement:
        """HQ's word in this answer: the till's last entry that HQ has, and what it gives. What is kept aside it does
        not have."""
        epoch, seq, entry_hash = self.acked_epoch, self.acked_seq, self.acked_hash
        if self.outcome in NAME_COMMON:
            epoch, seq, entry_hash = self.common_epoch or epoch, max(self.common_seq, 0), self.common_hash
        return Acknowledgement(
            hq_epoch=self.hq_epoch,
            request_number=self.request_number,
            hq_time_ms=self.hq_time_ms,
            epoch=epoch,
            seq=seq,
            entry_hash=entry_hash,
            given=digest_of_given(self.grants, self.tokens),
            signature=self.hq_signature,
        )


class HistoryEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of this till that HQ has and the till lost, as it was."""

    epoch: int
    prev_hash: bytes
    entry: WireEntry


class HistoryPage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Entries of an epoch that are not on the till's branch of it; ask again with `after` while there is more."""

    entries: tuple[HistoryEntry, ...] = ()
    after: int = 0
    more: bool = False


class EnrolRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A new till introduces itself: the one-time code and the public half of its own Ed25519 key. A till that is
    enrolled again and still has its book says where that ends (`previous_*`)."""

    wire_version: int = WIRE_VERSION
    code: str
    public_key: bytes
    program_version: str = ""
    previous_till_id: UUID | None = None
    previous_epoch: int = 0
    previous_seq: int = 0
    previous_hash: bytes = b""


class EnrolAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a till needs to begin. `certificate` is HQ's signature over till id and key; the till keeps it.
    `prev_hash` is what the first entry of the epoch follows (empty: nothing), `next_request` the first number of the
    lane that is free, `proof` HQ's first word to this holder, to be shown to HQ."""

    till_id: UUID
    store_id: UUID
    till_number: int
    epoch: int
    hq_epoch: int
    hq_verify_key: bytes
    hq_seal_key: bytes
    phone_key: bytes
    phone_key_id: str
    certificate: bytes
    hq_time_ms: int
    chain_name: str = ""
    next_request: int = 1
    prev_hash: bytes = b""
    proof: Acknowledgement | None = None


class ReturnRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A till HQ does not know, because HQ was restored from a backup, shows the certificate HQ gave it at enrolment."""

    certificate: bytes


class ReturnAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """HQ knows the till again."""

    hq_epoch: int


class WireRefusal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was not taken at all (bad signature, unknown till, malformed...): HTTP 4xx."""

    code: str
    fields: dict[str, str | int | bool | None] = {}
