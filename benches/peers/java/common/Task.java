import java.nio.file.Path;

/** What the runner asks of a peer, from the command line. */
record Task(String brokers, String topic, long records, int cores, Path work) {
    static Task of(String[] arguments) {
        if (arguments.length != 5) {
            throw new IllegalArgumentException("expected: BROKERS TOPIC RECORDS CORES WORK_FOLDER");
        }
        return new Task(
                arguments[0],
                arguments[1],
                Long.parseLong(arguments[2]),
                Integer.parseInt(arguments[3]),
                Path.of(arguments[4]));
    }

    /** {@code user7} of {@code user7,/page/1}. A record without a comma fails the run. */
    static String user(String line) {
        return line.substring(0, line.indexOf(','));
    }
}
