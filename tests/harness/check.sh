# shellcheck shell=bash
# For groups whose tests are commands: source this, call check for each test, and finish at the end.

checks_passed=0
checks_failed=0
checks_skipped=0

# check NAME COMMAND...: one test. It runs in a subshell; its output is shown if it fails.
check() {
    local name=$1 output started=$SECONDS
    shift
    if output=$("$@" 2>&1); then
        checks_passed=$((checks_passed + 1))
        printf 'ok      %-40s %3d s\n' "$name" $((SECONDS - started))
    else
        checks_failed=$((checks_failed + 1))
        printf 'FAILED  %-40s %3d s\n' "$name" $((SECONDS - started))
        printf '%s\n' "$output" | tail -n 100 | sed 's/^/    /'
    fi
}

# skip NAME REASON
skip() {
    checks_skipped=$((checks_skipped + 1))
    echo "skipped $1: $2"
}

# Prints the closing line that tests/run reads; its status is that of the group.
finish() {
    echo "$checks_passed passed, $checks_failed failed$( ((checks_skipped)) && echo ", $checks_skipped skipped")"
    [[ $checks_failed -eq 0 ]]
}
