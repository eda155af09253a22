import com.fasterxml.jackson.databind.ObjectMapper;
import io.trino.Session;
import io.trino.plugin.hive.HivePlugin;
import io.trino.spi.type.TimeZoneKey;
import io.trino.testing.MaterializedRow;
import io.trino.testing.StandaloneQueryRunner;
import io.trino.testing.TestingSession;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Trino with the Hive connector over the folder that the first argument names. It reads statements from standard input,
 * each a JSON string on a line of its own, and answers each with a line: {"rows": [[...]]} or {"error": "..."}. A line of
 * {"rows": []} in front of the answers says that it has started.
 */
class RunStatements
{
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args)
            throws Exception
    {
        // what Trino prints is no answer
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Session session = TestingSession.testSessionBuilder()
                .setCatalog("hive")
                .setSchema("bars")
                .setTimeZoneKey(TimeZoneKey.UTC_KEY)
                .build();
        try (StandaloneQueryRunner trino = new StandaloneQueryRunner(session);
                BufferedReader statements = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            trino.installPlugin(new HivePlugin());
            trino.createCatalog("hive", "hive", Map.of(
                    "hive.metastore", "file",
                    "hive.metastore.catalog.dir", "local:///metastore",
                    "hive.timestamp-precision", "MICROSECONDS",
                    "fs.local.enabled", "true",
                    "local.location", args[0]));
            answers.println(JSON.writeValueAsString(answer(trino, "CREATE SCHEMA bars")));
            for (String line = statements.readLine(); line != null; line = statements.readLine()) {
                answers.println(JSON.writeValueAsString(answer(trino, JSON.readValue(line, String.class))));
            }
        }
        // Trino leaves threads behind
        System.exit(0);
    }

    private static Map<String, Object> answer(StandaloneQueryRunner trino, String statement)
    {
        try {
            return Map.of("rows", trino.execute(statement).getMaterializedRows().stream().map(RunStatements::values).toList());
        }
        catch (RuntimeException e) {
            return Map.of("error", messages(e));
        }
    }

    /** Numbers and truth values stay what they are; everything else becomes text. */
    private static List<Object> values(MaterializedRow row)
    {
        return row.getFields().stream()
                .map(value -> value == null || value instanceof Number || value instanceof Boolean ? value : value.toString())
                .toList();
    }

    /** The message and those of its causes. */
    private static String messages(Throwable error)
    {
        StringBuilder all = new StringBuilder(String.valueOf(error.getMessage()));
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            if (all.indexOf(String.valueOf(cause.getMessage())) < 0) {
                all.append("; because: ").append(cause.getMessage());
            }
        }
        return all.toString();
    }
}
