"""Refusals: what the product says no to, as a code with typed fields.

Rooms below the screen raise `Refusal`; the screen, the command line and the wire turn the code into a sentence in the
reader's language. A refusal is expected and harmless; any other exception is a fault of ours.
"""


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """A named no. `code` is snake_case and stable; `fields` hold plain values for the sentence."""

    def __init__(self, code: str, **fields: str | int | bool | None) -> None:
        super().__init__(code, fields)
        self.code = code
        self.fields = fields

    def __str__(self) -> str:
        told = " ".join(f"{name}={value}" for name, value in self.fields.items())
        return f"{self.code} {told}".strip()
