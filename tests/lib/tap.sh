# SPDX-License-Identifier: MIT
# TAP from bash tests: each result a line at once, the plan at the end.
#
#   tap_ok STATUS NAME [DETAILS]     good if STATUS is 0; DETAILS are printed if it is not
#   tap_run NAME COMMAND...          good if the command succeeds; else the end of its output is printed
#   tap_same NAME WANTED GOT         good if they are equal; prints the difference if not
#   tap_absorb PREFIX                results of another test, from standard input, under our numbers
#   tap_done                         the plan, and the end of the program

tap_count=0
tap_failed=0

tap_diag() { sed 's/^/# /'; }

tap_ok() {
	tap_count=$((tap_count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_count - ${2//#/no.}"
		return 0
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - ${2//#/no.}"
	[ -z "${3:-}" ] || printf '%s\n' "$3" | tap_diag
	return 1
}

tap_run() {
	local name=$1 text status=0
	shift
	text=$("$@" 2>&1 </dev/null) || status=$?
	[ "$status" = 0 ] || text=$(printf '%s\n' "$text" | tail -n 40)$'\n'"status $status: $*"
	tap_ok "$status" "$name" "$text"
}

tap_same() {
	if [ "$2" = "$3" ]; then
		tap_ok 0 "$1"
	else
		tap_ok 1 "$1" "$(diff -u --label wanted --label got <(printf '%s\n' "$2") <(printf '%s\n' "$3") | head -n 60)"
	fi
}

# Lines that are no results are passed on as comments; no plan, or a wrong one, is a bad result.
tap_absorb() {
	local line seen=0 plan= status= name begun=$SECONDS
	while IFS= read -r line; do
		if [[ $line =~ ^(not\ )?ok\ *([0-9]*)\ *-?\ *(.*)$ ]]; then
			seen=$((seen + 1))
			name=${BASH_REMATCH[3]} status=0
			[ -z "${BASH_REMATCH[1]}" ] || status=1
			tap_ok "$status" "$1: $name" || true
		elif [[ $line =~ ^1\.\.([0-9]+) ]]; then
			plan=${BASH_REMATCH[1]}
		else
			printf '%s\n' "# ${line#\# }"
		fi
	done
	echo "# $1 took $((SECONDS - begun)) s"
	[ "$plan" = "$seen" ] || tap_ok 1 "$1: ran to its end" "plan: ${plan:-none}, results: $seen"
}

tap_done() {
	echo "1..$tap_count"
	[ "$tap_failed" = 0 ] && [ "$tap_count" -gt 0 ]
	exit
}
