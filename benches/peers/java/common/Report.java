import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import org.apache.kafka.common.utils.AppInfoParser;

/** What a peer tells the runner, a line each on standard output. */
final class Report {
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    // Not volatile, since it is looked at for each record: a thread that sees it late is held by
    // the lock.
    private static boolean begun;

    private Report() {}

    static void version(String version) {
        say("version " + version);
        setting("kafka-clients", AppInfoParser.getVersion());
    }

    static void setting(String name, Object value) {
        say("setting " + name + "=" + value);
    }

    static void settings(Map<String, ?> settings) {
        settings.forEach(Report::setting);
    }

    /** To be called with every record, or where the first batch begins; the first call counts. */
    static void first() {
        if (!begun) {
            begin();
        }
    }

    private static synchronized void begin() {
        if (!begun) {
            begun = true;
            mark("first");
        }
    }

    /** To be called when the last record has been counted. */
    static void last() {
        mark("last");
    }

    /** What was counted; the runner compares it with what it has produced. */
    static void result(Map<String, Long> counts) {
        long total = 0;
        long weighted = 0;
        for (Map.Entry<String, Long> entry : counts.entrySet()) {
            total += entry.getValue();
            weighted += entry.getValue() * Long.parseLong(entry.getKey().substring("user".length()));
        }
        say("result " + total + " " + counts.size() + " " + weighted);
    }

    /** A topic of the peer's own, for the runner to delete. */
    static void leaves(String topic) {
        say("leaves " + topic);
    }

    private static void mark(String name) {
        say(name + " " + System.nanoTime() + " " + SYSTEM.getProcessCpuTime());
    }

    private static synchronized void say(String line) {
        System.out.println("peer " + line);
        System.out.flush();
    }
}
