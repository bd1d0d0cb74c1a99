"""Print, as JSON, what `make progress` says of notebooks in these folders. For its tests, in a
process of its own.

python tests/judge_folders.py SECONDS EXERCISES FOLDER …            EXERCISES: {"name":
"fingerprint", …}
"""

import json
import sys
from pathlib import Path

import progress

if __name__ == "__main__":
    progress.SECONDS = float(sys.argv[1])
    progress.isolate_this_process()
    judges = {
        folder: progress.Judge(Path(folder), json.loads(sys.argv[2])) for folder in sys.argv[3:]
    }
    print(
        json.dumps(
            {
                folder: {name: str(said) for name, said in judge.verdicts().items()}
                for folder, judge in judges.items()
            }
        )
    )
