import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.TumblingProcessingTimeWindows;

/**
 * Flink's DataStream API: a sum for each user in windows of a second of processing time, on the
 * cluster inside the process. It is through when the results sum up to the number of records; a
 * bounded source would not do, since its end drops the windows of processing time that are open.
 */
final class FlinkPeer {
    private static final Map<String, Long> COUNTS = new ConcurrentHashMap<>();
    private static final AtomicLong TOTAL = new AtomicLong();
    private static final CountDownLatch THROUGH = new CountDownLatch(1);

    private FlinkPeer() {}

    public static void main(String[] arguments) throws Exception {
        Task task = Task.of(arguments);
        long records = task.records();
        Report.version(EnvironmentInformation.getVersion());
        Map<String, String> settings = new TreeMap<>();
        settings.put("pipeline.object-reuse", "true");
        settings.put("parallelism.default", Integer.toString(task.cores()));
        settings.put("state.backend.type", "hashmap");
        Report.settings(settings);
        Report.setting("execution.checkpointing.interval", "none");
        Report.settings(Fetching.large());

        Configuration configuration = Configuration.fromMap(settings);
        configuration.setString("io.tmp.dirs", task.work().toString());
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        KafkaSourceBuilder<String> source =
                KafkaSource.<String>builder()
                        .setBootstrapServers(task.brokers())
                        .setTopics(task.topic())
                        .setStartingOffsets(OffsetsInitializer.earliest())
                        .setValueOnlyDeserializer(new SimpleStringSchema());
        Fetching.large().forEach((name, value) -> source.setProperty(name, value.toString()));

        environment
                .fromSource(source.build(), WatermarkStrategy.noWatermarks(), task.topic())
                .map(
                        line -> {
                            Report.first();
                            return Tuple2.of(Task.user(line), 1L);
                        })
                .returns(Types.TUPLE(Types.STRING, Types.LONG))
                .keyBy(access -> access.f0, Types.STRING)
                .window(TumblingProcessingTimeWindows.of(Duration.ofSeconds(1)))
                .reduce((sum, access) -> Tuple2.of(sum.f0, sum.f1 + access.f1))
                .sinkTo(new Counts(records));
        JobClient job = environment.executeAsync("user_access");
        job.getJobExecutionResult()
                .whenComplete(
                        (result, failure) -> {
                            if (THROUGH.getCount() > 0) {
                                if (failure != null) {
                                    failure.printStackTrace();
                                }
                                System.exit(1);
                            }
                        });
        THROUGH.await();
        job.cancel().get();
        Report.result(COUNTS);
        System.exit(0);
    }

    /** Sums up what the windows give. */
    private record Counts(long records) implements Sink<Tuple2<String, Long>> {
        @Override
        public SinkWriter<Tuple2<String, Long>> createWriter(WriterInitContext context) {
            long expected = records;
            return new SinkWriter<>() {
                @Override
                public void write(Tuple2<String, Long> result, Context context) {
                    COUNTS.merge(result.f0, result.f1, Long::sum);
                    if (TOTAL.addAndGet(result.f1) == expected) {
                        Report.last();
                        THROUGH.countDown();
                    }
                }

                @Override
                public void flush(boolean endOfInput) {}

                @Override
                public void close() {}
            };
        }
    }
}
