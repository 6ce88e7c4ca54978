"""A CSV file of records, written one by one as they are finished."""

import csv
from dataclasses import fields
from pathlib import Path


class RecordFile:
    """A CSV file whose lines are records of one frozen dataclass, of texts and numbers.

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
        with self.path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames != self.names:
                raise ValueError(
                    f"Expected in {self.path} the columns {', '.join(self.names)}, got "
                    f"{', '.join(reader.fieldnames or ['none'])}. Give another path, or remove the file."
                )
            return [record for row in reader if (record := self._record(row)) is not None]

    def append(self, record):
        """Write one finished record."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._is_empty()
        if not fresh:
            self._cut_torn_line()
        with self.path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(self.names)
            writer.writerow(self._values(record))

    def replace(self, records):
        """Write these records and nothing else."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(self.names)
            writer.writerows(map(self._values, records))

    def _values(self, record):
        return [getattr(record, name) for name in self.names]

    def _is_empty(self):
        return not self.path.exists() or self.path.stat().st_size == 0

    def _cut_torn_line(self):
        """Remove what an interruption left after the last whole line, which could end inside a quoted text."""
        with self.path.open("rb+") as file:
            content = file.read()
            if not content.endswith(b"\n"):
                file.truncate(content.rfind(b"\n") + 1)

    def _record(self, row):
        try:
            return self.kind(**{field.name: field.type(row[field.name]) for field in fields(self.kind)})
        except (TypeError, ValueError):
            return None
