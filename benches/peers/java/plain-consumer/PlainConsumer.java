import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.utils.AppInfoParser;

/**
 * Kafka's own consumer and a hash map, with a consumer, a thread and a map for each core. It is
 * through when it stands at the end offsets that its partitions had when it began.
 */
final class PlainConsumer {
    private static final Duration POLL = Duration.ofMillis(100);

    /** A count that is changed in place. */
    private static final class Count {
        private long value;
    }

    private PlainConsumer() {}

    public static void main(String[] arguments) throws Exception {
        Task task = Task.of(arguments);
        Report.version(AppInfoParser.getVersion());
        Report.settings(Fetching.large());
        Report.setting("threads", task.cores());
        ExecutorService threads = Executors.newFixedThreadPool(task.cores());
        List<Future<Map<String, Count>>> shares = new ArrayList<>();
        for (int thread = 0; thread < task.cores(); thread++) {
            int number = thread;
            Callable<Map<String, Count>> share = () -> count(task, number);
            shares.add(threads.submit(share));
        }
        List<Map<String, Count>> counted = new ArrayList<>();
        for (Future<Map<String, Count>> share : shares) {
            counted.add(share.get());
        }
        Map<String, Long> counts = new HashMap<>();
        for (Map<String, Count> share : counted) {
            share.forEach((user, count) -> counts.merge(user, count.value, Long::sum));
        }
        Report.last();
        Report.result(counts);
        threads.shutdown();
    }

    private static Map<String, Count> count(Task task, int number) {
        Map<String, Object> settings = Fetching.large();
        settings.put("bootstrap.servers", task.brokers());
        settings.put("enable.auto.commit", false);
        settings.put("key.deserializer", StringDeserializer.class);
        settings.put("value.deserializer", StringDeserializer.class);
        Map<String, Count> counts = new HashMap<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings)) {
            List<TopicPartition> mine = new ArrayList<>();
            for (PartitionInfo partition : consumer.partitionsFor(task.topic())) {
                if (partition.partition() % task.cores() == number) {
                    mine.add(new TopicPartition(task.topic(), partition.partition()));
                }
            }
            consumer.assign(mine);
            consumer.seekToBeginning(mine);
            Map<TopicPartition, Long> ends = consumer.endOffsets(mine);
            while (!reached(consumer, ends)) {
                for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
                    Report.first();
                    String user = Task.user(record.value());
                    counts.computeIfAbsent(user, unseen -> new Count()).value++;
                }
            }
        }
        return counts;
    }

    private static boolean reached(
            KafkaConsumer<String, String> consumer, Map<TopicPartition, Long> ends) {
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            if (consumer.position(end.getKey()) < end.getValue()) {
                return false;
            }
        }
        return true;
    }
}
