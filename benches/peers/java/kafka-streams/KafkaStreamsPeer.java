import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.Stores;

/**
 * Kafka Streams: the records get the user as key, go through a repartition topic, and are counted
 * in a table, whose changes leave with each commit. It is through when the latest counts sum up to
 * the number of records.
 */
final class KafkaStreamsPeer {
    private KafkaStreamsPeer() {}

    public static void main(String[] arguments) throws Exception {
        Task task = Task.of(arguments);
        Report.version(AppInfoParser.getVersion());
        Map<String, Long> counts = new ConcurrentHashMap<>();
        AtomicLong total = new AtomicLong();
        CountDownLatch through = new CountDownLatch(1);

        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(task.topic(), Consumed.with(Serdes.ByteArray(), Serdes.String()))
                .selectKey(
                        (key, line) -> {
                            Report.first();
                            return Task.user(line);
                        })
                .groupByKey(Grouped.with("by-user", Serdes.String(), Serdes.String()))
                // In memory and without a changelog: no system keeps durable state in this run.
                .count(
                        Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("counts"))
                                .withKeySerde(Serdes.String())
                                .withValueSerde(Serdes.Long())
                                .withCachingEnabled()
                                .withLoggingDisabled())
                .toStream()
                .foreach(
                        (user, count) -> {
                            Long before = counts.put(user, count);
                            long more = before == null ? count : count - before;
                            if (total.addAndGet(more) == task.records()) {
                                Report.last();
                                through.countDown();
                            }
                        });

        Map<String, Object> settings = new TreeMap<>();
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, task.cores());
        // Results leave with each commit: every second, as in the other jobs.
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 256L << 20);
        settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10000);
        settings.put(StreamsConfig.producerPrefix("batch.size"), 1 << 20);
        settings.put(StreamsConfig.producerPrefix("linger.ms"), 100);
        settings.put(StreamsConfig.producerPrefix("buffer.memory"), 128L << 20);
        Fetching.large().forEach((name, value) -> settings.put(StreamsConfig.consumerPrefix(name), value));
        Report.settings(settings);
        Report.setting("store", "in memory, cached, without changelog");

        Properties properties = new Properties();
        properties.putAll(settings);
        String application = "peers-" + UUID.randomUUID();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, task.brokers());
        properties.put(StreamsConfig.STATE_DIR_CONFIG, task.work().toString());
        properties.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        try (KafkaStreams streams = new KafkaStreams(builder.build(properties), properties)) {
            streams.setUncaughtExceptionHandler(
                    failure -> {
                        failure.printStackTrace();
                        System.exit(1);
                        return StreamThreadExceptionResponse.SHUTDOWN_APPLICATION;
                    });
            streams.start();
            through.await();
        }
        Report.leaves(application + "-by-user-repartition");
        Report.result(counts);
    }
}
