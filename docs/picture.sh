#!/bin/sh
# Records docs/deploy.svg from a real run: docs/picture.sh INVENTORY TAG. Needs tmux, and Python's rich.
# The first picture is the tree half-way, the second the end.
set -eu
inventory=$1
tag=$2
cd "$(dirname "$0")/.."
session=cutover-picture-$$
tmux new-session -d -s "$session" -x 100 -y 34 "node --import tsx playbooks/deploy.ts -i '$inventory' --tag '$tag'; sleep 3"
half=$(mktemp)
end=$(mktemp)
sleep "${HALF:-7}"
tmux capture-pane -e -p -t "$session" >"$half"
while tmux has-session -t "$session" 2>/dev/null; do
  tmux capture-pane -e -p -t "$session" >"$end.new" 2>/dev/null && mv "$end.new" "$end"
  sleep 0.5
done
python3 - "$half" "$end" "$tag" <<'PYTHON'
import sys
from rich.console import Console
from rich.text import Text

half, end, tag = sys.argv[1:]
console = Console(record=True, width=100, file=open("/dev/null", "w"))
console.print(Text(f"$ npx tsx playbooks/deploy.ts --tag {tag}", style="bold"))
console.print(Text.from_ansi(open(half).read().rstrip()))
console.print(Text("…", style="dim"))
console.print(Text.from_ansi(open(end).read().rstrip()))
console.save_svg("docs/deploy.svg", title="Cutover")
PYTHON
rm -f "$half" "$end"
