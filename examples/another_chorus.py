"""Give the chorus another move: ``python another_chorus.py song.mp3 B moonwalk``.

Sections that sound alike have one letter; ``choreo analyze song.mp3`` shows them. All bars of that letter are danced
anew with the move, the rest of the dance stays as it was.
"""

from __future__ import annotations

import sys

from choreo import Edit, edit_plan, make_plan, write_plan
from choreo.errors import ChoreoError
from choreo.planfile.counts import step_bars


def main(song: str, section: str, move: str) -> str:
    """Write both plans, and return what is new in the second, one line a step."""
    _, plan, _ = make_plan(song)
    bars = [span for step, span in zip(plan.steps, step_bars(plan), strict=True) if step.section == section]
    if not bars:
        return f"no step in section {section}; there are {', '.join(sorted({step.section for step in plan.steps}))}"
    changed, notes = edit_plan(plan, Edit(replace=tuple(bars), moves=(move,) * len(bars)))
    write_plan(plan, "before.plan.json")
    write_plan(changed, "after.plan.json")
    before = {(step.first_beat, step.name) for step in plan.steps}
    new = [step for step in changed.steps if (step.first_beat, step.name) not in before]
    return "\n".join([*notes, *(f"{step.beats[0]:7.2f} s  {step.section}  {step.name}" for step in new)])


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:]))
    except ChoreoError as error:
        sys.exit(error.message)
