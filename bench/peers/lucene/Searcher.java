import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.ar.ArabicAnalyzer;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopScoreDocCollector;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.QueryBuilder;

/**
 * Searcher FOLDER QUERIES: what queries_time() of ../harness.h does, after more unmeasured rounds,
 * so that the compiler of the virtual machine has done its work.
 */
public final class Searcher {
    private static final int HITS = 10;
    private static final int COUNTED = 1000; // Lucene's default: beyond it blocks are skipped
    private static final int WARM_ROUNDS = 20;
    private static final int ASKS = 9;
    private static final double NANOSECONDS_MAX = 50e6;

    private final Analyzer analyzer = new ArabicAnalyzer();
    private final QueryBuilder builder = new QueryBuilder(analyzer);
    private final IndexSearcher searcher;

    private Searcher(DirectoryReader reader) {
        searcher = new IndexSearcher(reader);
        searcher.setQueryCache(null);
    }

    private Query parse(String kind, String words) {
        Query query;
        if (kind.equals("phrase")) {
            query = builder.createPhraseQuery(Indexer.FIELD, words);
        } else if (kind.equals("prefix")) {
            query = new PrefixQuery(
                    new Term(Indexer.FIELD, analyzer.normalize(Indexer.FIELD, words)));
        } else {
            query = builder.createBooleanQuery(Indexer.FIELD, words, BooleanClause.Occur.MUST);
        }
        return query == null ? new MatchNoDocsQuery() : query;
    }

    private List<String> run(String[] query) throws IOException {
        TopScoreDocCollector collector = TopScoreDocCollector.create(HITS, COUNTED);
        searcher.search(parse(query[0], query[1]), collector);
        List<String> ids = new ArrayList<>();
        for (ScoreDoc hit : collector.topDocs().scoreDocs) {
            ids.add(searcher.doc(hit.doc, Collections.singleton("id")).get("id"));
        }
        return ids;
    }

    private void time(String[] query) throws IOException {
        double[] times = new double[ASKS];
        double spent = 0;
        int asked = 0;
        int hits = 0;
        while (asked < ASKS && (asked == 0 || spent < NANOSECONDS_MAX)) {
            long start = System.nanoTime();
            hits = run(query).size();
            times[asked] = System.nanoTime() - start;
            spent += times[asked++];
        }
        Arrays.sort(times, 0, asked);
        System.out.printf(
                Locale.ROOT, "%s\t%.1f\t%d%n", query[0], times[asked / 2] / 1000, hits);
    }

    public static void main(String[] args) throws Exception {
        try (Directory directory = new MMapDirectory(Paths.get(args[0]));
                DirectoryReader reader = DirectoryReader.open(directory)) {
            Searcher self = new Searcher(reader);
            List<String[]> queries = new ArrayList<>();
            for (String line : Files.readAllLines(Paths.get(args[1]), StandardCharsets.UTF_8)) {
                queries.add(line.split("\t"));
            }
            for (int i = 0; i < WARM_ROUNDS; i++) {
                for (String[] query : queries) {
                    self.run(query);
                }
            }
            for (String[] query : queries) {
                self.time(query);
            }
        }
    }
}
