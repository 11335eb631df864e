import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.spark.SparkConf;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaInputDStream;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.kafka010.ConsumerStrategies;
import org.apache.spark.streaming.kafka010.KafkaUtils;
import org.apache.spark.streaming.kafka010.LocationStrategies;
import scala.Tuple2;

/**
 * Spark's DStream API: the direct stream, a sum for each user in batches of a second. The first
 * batch has all of the topic. It is through when the batches sum up to the number of records.
 */
@SuppressWarnings("deprecation") // Spark has the whole API deprecated, in favour of the other peer.
final class SparkDStream {
    private SparkDStream() {}

    public static void main(String[] arguments) throws Exception {
        Task task = Task.of(arguments);
        Map<String, String> settings = new TreeMap<>();
        settings.put("spark.master", "local[" + task.cores() + "]");
        settings.put("spark.default.parallelism", Integer.toString(task.cores()));
        settings.put("spark.serializer", "org.apache.spark.serializer.KryoSerializer");
        settings.put("spark.ui.enabled", "false");
        Report.version(org.apache.spark.package$.MODULE$.SPARK_VERSION());
        Report.settings(settings);
        Report.setting("batch", "1 s");

        SparkConf configuration = new SparkConf().setAppName("user_access");
        settings.forEach(configuration::set);
        configuration.set("spark.local.dir", task.work().toString());
        configuration.set("spark.driver.host", "127.0.0.1");
        configuration.set("spark.driver.bindAddress", "127.0.0.1");

        Map<String, Object> consumer = Fetching.large();
        Report.settings(consumer);
        consumer.put("bootstrap.servers", task.brokers());
        consumer.put("group.id", "peers-dstream");
        consumer.put("auto.offset.reset", "earliest");
        consumer.put("enable.auto.commit", false);
        consumer.put("key.deserializer", StringDeserializer.class);
        consumer.put("value.deserializer", StringDeserializer.class);

        Map<String, Long> counts = new HashMap<>();
        CountDownLatch through = new CountDownLatch(1);
        try (JavaStreamingContext context =
                new JavaStreamingContext(configuration, Durations.seconds(1))) {
            JavaInputDStream<ConsumerRecord<String, String>> stream =
                    KafkaUtils.createDirectStream(
                            context,
                            LocationStrategies.PreferConsistent(),
                            ConsumerStrategies.Subscribe(List.of(task.topic()), consumer));
            stream.mapToPair(record -> new Tuple2<>(Task.user(record.value()), 1L))
                    .reduceByKey(Long::sum)
                    .foreachRDD(
                            batch -> {
                                Report.first();
                                for (Tuple2<String, Long> count : batch.collect()) {
                                    counts.merge(count._1(), count._2(), Long::sum);
                                }
                                if (total(counts) >= task.records() && through.getCount() > 0) {
                                    Report.last();
                                    through.countDown();
                                }
                            });
            context.start();
            through.await();
            context.stop(true, false);
        }
        Report.result(counts);
    }

    private static long total(Map<String, Long> counts) {
        long total = 0;
        for (long count : counts.values()) {
            total += count;
        }
        return total;
    }
}
