"""Keep the finished searches in the repository: records, hard cases and their table."""

from __future__ import annotations

import shutil
import sys

from validation.worst_cases import records


def main() -> int:
    """Take the records of finished searches over, and write the file and the table from all."""
    for path in sorted(records.searched().glob("*.json")):
        shutil.copy(path, records.FOLDER)
        print(f"kept {path.name}")
    kept = records.read()
    if not kept:
        print("no search is kept: run python -m validation --only worst-cases --function … first")
        return 1
    found = records.cases(kept)
    records.write_cases(found)
    records.TABLE.write_text(records.table(kept), encoding="utf-8")
    print(f"wrote {len(found)} cases to {records.FILE}, and {records.TABLE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
