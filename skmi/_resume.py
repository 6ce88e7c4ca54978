"""A CSV file of records, written one by one as they are finished, and files that are replaced whole or not at all."""

import csv
import os
import tempfile
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

_FINGERPRINT = 12  # hexadecimal digits in the last column, which show whether the line is complete


class RecordFile:
    """A CSV file whose lines are records of one frozen dataclass, of texts and numbers.

    The last field is a fingerprint of twelve hexadecimal digits, and texts contain no line breaks, so that a line whose
    end is missing is recognised.

    Parameters
    ----------
    kind : type
        The dataclass; its fields are the columns.
    path : str or path-like
        The file; it and its folder are made when they are missing.
    """

    def __init__(self, kind, path):
        self.kind, self.path = kind, Path(path)
        self.names = [field.name for field in fields(kind)]

    def read(self):
        """Return the records in the file; a line that was cut short is left out."""
        if self._is_empty():
            return []
        lines = self._text().splitlines()
        header = next(csv.reader(lines[:1]), [])
        # A header that was cut short is all that is left of a file of no records.
        if len(lines) == 1 and ",".join(self.names).startswith(lines[0]):
            return []
        if header != self.names:
            raise ValueError(
                f"Expected in {self.path} the columns {', '.join(self.names)}, got {', '.join(header) or 'none'}. Give "
                "another path, or remove the file."
            )
        return [record for row in csv.reader(lines[1:]) if (record := self._record(row)) is not None]

    def append(self, record):
        """Write one finished record."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._mend_last_line()
        fresh = self._is_empty()
        with self.path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(self.names)
            writer.writerow(self._values(record))

    def replace(self, records):
        """Write these records and nothing else."""
        with replacing(self.path) as file:
            writer = csv.writer(file)
            writer.writerow(self.names)
            writer.writerows(map(self._values, records))

    def _values(self, record):
        return [getattr(record, name) for name in self.names]

    def _is_empty(self):
        return not self.path.exists() or self.path.stat().st_size == 0

    def _text(self):
        content = self.path.read_bytes()
        end = content.rfind(b"\n") + 1
        try:
            # Some editors put a byte order mark before the first line; what an interruption cut may end in any byte.
            return content[:end].decode("utf-8-sig") + content[end:].decode("utf-8", errors="replace")
        except UnicodeDecodeError as error:
            raise ValueError(
                f"Expected {self.path} as UTF-8 text, got bytes that are not ({error}). Save it as UTF-8, or remove it."
            ) from error

    def _mend_last_line(self):
        """End a whole last line that an editor has left without a line break, and remove one that was cut short."""
        if self._is_empty():
            return
        content = self.path.read_bytes()
        if content.endswith(b"\n"):
            return
        kept = content[: content.rfind(b"\n") + 1]
        last = content[len(kept) :].decode("utf-8-sig", errors="replace")
        row = next(csv.reader([last]), [])
        whole = row == self.names if not kept else self._record(row) is not None
        with self.path.open("rb+") as file:
            if whole:
                file.seek(0, os.SEEK_END)
                file.write(b"\r\n")
            else:
                file.truncate(len(kept))

    def _record(self, row):
        if len(row) != len(self.names) or len(row[-1]) != _FINGERPRINT:
            return None
        try:
            return self.kind(*(field.type(value) for field, value in zip(fields(self.kind), row, strict=True)))
        except (TypeError, ValueError):
            return None


@contextmanager
def replacing(path):
    """Open a text file for writing that takes the place of an existing one once it is complete.

    A full disk or an interruption leaves the old file as it was.

    Parameters
    ----------
    path : str or path-like
        The file; its folder is made when it is missing.

    Yields
    ------
    file : file object
        Opened for text in UTF-8.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(number, "w", newline="", encoding="utf-8") as file:
            yield file
        # mkstemp makes files for their owner alone; this one gets the rights that any new file gets.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
