import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * Reads columns of parquet files with parquet-java: {@code ReadColumns FOLDER}, with lines {@code FILE COLUMN} on standard input,
 * prints {@code FILE COLUMN DIGEST} for each. The digest is the SHA-256 of the values, one a line, floats as the number that
 * their bits are.
 */
class ReadColumns
{
    public static void main(String[] args)
            throws Exception
    {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            String digest;
            try {
                digest = digestOf(new Path(args[0], words[0]), words[1]);
            }
            catch (Exception e) {
                digest = e.toString().replace('\n', ' ');
            }
            System.out.println(line + " " + digest);
        }
    }

    private static String digestOf(Path file, String column)
            throws Exception
    {
        Configuration configuration = new Configuration();
        MessageType schema;
        try (ParquetFileReader footer = ParquetFileReader.open(HadoopInputFile.fromPath(file, configuration))) {
            schema = footer.getFileMetaData().getSchema();
        }
        MessageType wanted = new MessageType(schema.getName(), schema.getType(column));
        configuration.set(ReadSupport.PARQUET_READ_SCHEMA, wanted.toString());
        PrimitiveTypeName type = schema.getType(column).asPrimitiveType().getPrimitiveTypeName();
        MessageDigest hash = MessageDigest.getInstance("SHA-256");
        try (ParquetReader<Group> rows = ParquetReader.builder(new GroupReadSupport(), file).withConf(configuration).build()) {
            for (Group row = rows.read(); row != null; row = rows.read()) {
                hash.update((textOf(row, type) + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        return HexFormat.of().formatHex(hash.digest());
    }

    private static String textOf(Group row, PrimitiveTypeName type)
    {
        if (row.getFieldRepetitionCount(0) == 0) {
            return "null";
        }
        return switch (type) {
            case FLOAT -> Integer.toUnsignedString(Float.floatToRawIntBits(row.getFloat(0, 0)));
            case DOUBLE -> Long.toUnsignedString(Double.doubleToRawLongBits(row.getDouble(0, 0)));
            default -> row.getValueToString(0, 0);
        };
    }
}
