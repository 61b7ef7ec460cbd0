"""What came beside the entries of a batch: personal data and free text, which no entry's body holds. For `intake`."""

from collections import defaultdict
from dataclasses import dataclass

from shared_models.entries import Attachment
from shared_models.sync import EntriesRequest, WireAttachment


@dataclass(frozen=True, slots=True)
class Beside:
    """The attachments of a batch: by hash, and by the entry they came with."""

    by_hash: dict[str, bytes]
    of_seq: dict[int, list[tuple[str, WireAttachment]]]


def beside_of(request: EntriesRequest) -> Beside:
    """The batch's attachments that an entry of it names; whatever nobody names is dropped."""
    body_of = {wire.seq: wire.body for wire in request.entries}
    beside = Beside({}, defaultdict(list))
    for attachment in request.attachments:
        digest = Attachment(kind=attachment.kind, salt=attachment.salt, content=attachment.content).attachment_hash
        if digest.encode() in body_of.get(attachment.seq, b""):
            beside.by_hash[digest] = attachment.content
            beside.of_seq[attachment.seq].append((digest, attachment))
    return beside
