import java.util.Map;
import java.util.TreeMap;

/** The settings of Kafka's consumer that all peers have in common: few large fetches. */
final class Fetching {
    private Fetching() {}

    static Map<String, Object> large() {
        Map<String, Object> settings = new TreeMap<>();
        settings.put("fetch.max.bytes", 52428800);
        settings.put("max.partition.fetch.bytes", 8388608);
        settings.put("max.poll.records", 10000);
        settings.put("receive.buffer.bytes", 1048576);
        return settings;
    }
}
