"""Files of records survive interruptions, editors and full disks."""

from dataclasses import dataclass

import pytest

from skmi._resume import RecordFile, replacing


@dataclass(frozen=True)
class Record:
    name: str
    number: int
    value: float
    message: str
    fingerprint: str


RECORDS = [
    Record("plain", 1, 0.5, "", "0123456789ab"),
    Record("commas, and quotes", 2, -1e-300, 'a "word", and more', "ba9876543210"),
    Record("ünïcode", 3, float("inf"), "–", "00000000000f"),
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "results.csv"


def written(path, records=RECORDS):
    for record in records:
        RecordFile(Record, path).append(record)
    return path.read_bytes()


def test_records_come_back(path):
    written(path)
    assert RecordFile(Record, path).read() == RECORDS
    RecordFile(Record, path).replace(RECORDS[:1])
    assert RecordFile(Record, path).read() == RECORDS[:1]


def test_a_file_cut_anywhere_gives_whole_records_and_goes_on(path):
    content = written(path)
    for size in range(len(content)):
        path.write_bytes(content[:size])
        kept = RecordFile(Record, path).read()
        assert kept == RECORDS[: len(kept)]
        RecordFile(Record, path).append(RECORDS[2])
        assert RecordFile(Record, path).read() == [*kept, RECORDS[2]]


def test_an_editor_that_strips_the_last_line_break_loses_nothing(path):
    content = written(path)
    path.write_bytes(content.rstrip())
    assert RecordFile(Record, path).read() == RECORDS
    RecordFile(Record, path).append(RECORDS[0])
    assert RecordFile(Record, path).read() == [*RECORDS, RECORDS[0]]


def test_a_header_without_a_line_break_is_kept(path):
    content = written(path)
    path.write_bytes(content[: content.index(b"\r\n")])
    for record in RECORDS:
        RecordFile(Record, path).append(record)
    assert RecordFile(Record, path).read() == RECORDS


def test_a_byte_order_mark_does_not_matter(path):
    content = written(path)
    path.write_bytes(b"\xef\xbb\xbf" + content)
    assert RecordFile(Record, path).read() == RECORDS


def test_other_encodings_and_other_files_are_named(path):
    content = written(path)
    path.write_bytes(content.decode().encode("utf-16"))
    with pytest.raises(ValueError, match="results.csv as UTF-8 text.*Save it as UTF-8"):
        RecordFile(Record, path).read()
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="results.csv the columns name, number.*got a, b"):
        RecordFile(Record, path).read()


def test_lines_with_values_that_are_none_of_the_kind_are_left_out(path):
    written(path)
    with path.open("a", newline="") as file:
        file.write("name,no number,1.0,,0123456789ab\r\nname,1,1.0,,0123456789ab,one more\r\n\r\n")
    assert RecordFile(Record, path).read() == RECORDS


def test_a_failure_while_writing_leaves_the_old_file(path):
    before = written(path)

    def write_half():
        with replacing(path) as file:
            file.write("half of")
            raise OSError("no space left on the disk")

    with pytest.raises(OSError, match="disk"):
        write_half()
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["results.csv"]


def test_a_replaced_file_can_be_read_by_whom_any_new_file_can(tmp_path):
    (tmp_path / "plain").write_text("")
    with replacing(tmp_path / "replaced") as file:
        file.write("text")
    assert (tmp_path / "replaced").stat().st_mode == (tmp_path / "plain").stat().st_mode
