"""The run folder: where a job keeps what it was asked, what it was told and what came of it.

`job.toml` is the resolved job, `journal.sqlite` every reply, `records.jsonl` a line a problem,
`vllm.log` what a server of ours said, `summary.json` the report. A run that teaches its handbook
has `lessons.jsonl`, what was learnt and from which problems, and `reads.jsonl`, which version which
problems read.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from redraft.core import InputError, StoreError
from redraft.jobs.job import Job, differences, dump_job, load_job
from redraft.jobs.report import Summary


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths in a run folder, and the job that it belongs to."""

    path: Path

    @property
    def job(self) -> Path:
        """The job file, which re-runs the job."""
        return self.path / "job.toml"

    @property
    def journal(self) -> Path:
        """The journal of calls."""
        return self.path / "journal.sqlite"

    @property
    def records(self) -> Path:
        """The records."""
        return self.path / "records.jsonl"

    @property
    def lessons(self) -> Path:
        """What the run taught its handbook."""
        return self.path / "lessons.jsonl"

    @property
    def reads(self) -> Path:
        """Which versions of its handbook the run read."""
        return self.path / "reads.jsonl"

    @property
    def vectors(self) -> Path:
        """What an embedder said of the run's problems."""
        return self.path / "vectors.sqlite"

    @property
    def vllm_log(self) -> Path:
        """The log of a vLLM server that Redraft started."""
        return self.path / "vllm.log"

    @property
    def summary(self) -> Path:
        """The report."""
        return self.path / "summary.json"

    def check(self, job: Job) -> None:
        """Make the folder; raises `InputError` naming what differs if it is another job's."""
        if self.job.exists():
            changes = differences(load_job(self.job), job)
            if changes:
                raise InputError(
                    f"{self.path}: holds another job ({'; '.join(changes)}); choose another folder "
                    "with --out, or delete this one"
                )
        elif self.records.exists():
            raise InputError(
                f"{self.path}: has records but no job.toml; choose another folder with --out"
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(f"{self.path}: cannot be made ({reason})") from None

    def write_job(self, job: Job) -> None:
        """Keep the job; raises `StoreError`."""
        self._replace(self.job, dump_job(job))

    def read_summary(self) -> Summary | None:
        """The last report, if there is one that can be read."""
        try:
            return Summary.model_validate_json(self.summary.read_bytes())
        except (OSError, ValueError):
            return None

    def write_summary(self, summary: Summary) -> None:
        """Keep the report; raises `StoreError`."""
        self._replace(self.summary, summary.model_dump_json(indent=2) + "\n")

    def _replace(self, path: Path, text: str) -> None:
        fresh = path.with_name(f"{path.name}.new")
        try:
            with fresh.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise StoreError(f"{path}: cannot be written ({reason})") from None
