import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamReader;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Spark Structured Streaming: a running count for each user, in Spark's own expressions. The
 * trigger {@code AvailableNow} ends the query where the topic ended when it began.
 */
final class SparkStructured {
    private SparkStructured() {}

    public static void main(String[] arguments) throws Exception {
        Task task = Task.of(arguments);
        Map<String, String> settings = new TreeMap<>();
        settings.put("spark.master", "local[" + task.cores() + "]");
        settings.put("spark.sql.shuffle.partitions", Integer.toString(task.cores()));
        settings.put("spark.ui.enabled", "false");
        Report.settings(settings);
        Report.setting("trigger", "AvailableNow");
        Report.setting("output mode", "update");

        SparkSession.Builder builder = SparkSession.builder().appName("user_access");
        settings.forEach(builder::config);
        builder.config("spark.local.dir", task.work().toString());
        builder.config("spark.sql.warehouse.dir", task.work().resolve("warehouse").toString());
        builder.config("spark.driver.host", "127.0.0.1");
        builder.config("spark.driver.bindAddress", "127.0.0.1");

        Map<String, Long> counts = new HashMap<>();
        try (SparkSession spark = builder.getOrCreate()) {
            Report.version(spark.version());
            DataStreamReader reader =
                    spark.readStream()
                            .format("kafka")
                            .option("kafka.bootstrap.servers", task.brokers())
                            .option("subscribe", task.topic())
                            .option("startingOffsets", "earliest");
            for (Map.Entry<String, Object> setting : Fetching.large().entrySet()) {
                reader.option("kafka." + setting.getKey(), setting.getValue().toString());
                Report.setting("kafka." + setting.getKey(), setting.getValue());
            }
            VoidFunction2<Dataset<Row>, Long> take =
                    (batch, number) -> {
                        Report.first();
                        for (Row row : batch.collectAsList()) {
                            counts.put(row.getString(0), row.getLong(1));
                        }
                    };
            reader.load()
                    .selectExpr("substring_index(CAST(value AS STRING), ',', 1) AS user")
                    .groupBy("user")
                    .count()
                    .writeStream()
                    .outputMode("update")
                    .trigger(Trigger.AvailableNow())
                    .option("checkpointLocation", task.work().resolve("checkpoint").toString())
                    .foreachBatch(take)
                    .start()
                    .awaitTermination();
            Report.last();
        }
        Report.result(counts);
    }
}
