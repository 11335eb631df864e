# Runs a server that does not outlive the test process.
#
#   sh watchdog.sh DIRECTORY COMMAND...
#
# Standard input is held open by the test process and carries its orders, one a line: `stop`
# (SIGTERM), `kill` (SIGKILL), `pause` (SIGSTOP) and `resume` (SIGCONT). When it ends without an order the test process is gone, however
# that happened; then the server is killed, and DIRECTORY, which nobody is left to clean up, removed.
directory=$1
shift

# Background commands read from /dev/null, so the orders move to another descriptor first.
exec 3<&0 </dev/null

"$@" 3<&- &
server=$!

(
    while read -r order <&3; do
        case $order in
            stop) kill -TERM "$server" ;;
            kill) kill -KILL "$server" ;;
            pause) kill -STOP "$server" ;;
            resume) kill -CONT "$server" ;;
        esac
    done
    : >"$directory/abandoned"
    kill -KILL "$server"
) &
orders=$!
exec 3<&-

wait "$server"
status=$?
kill "$orders" 2>/dev/null
if [ -e "$directory/abandoned" ]; then
    rm -rf -- "$directory"
fi
exit "$status"
