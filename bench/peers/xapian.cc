/* Xapian:
 *     xapian index CORPUS DATABASE THREADS   a database for each thread, compacted into one
 *     xapian search DATABASE QUERIES         BM25
 * Arabic Snowball stemmer, STEM_ALL with positions, no stop words. */
#include <cstring>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include <xapian.h>

#include "harness.h"

namespace
{

const char *const stemmer = "arabic";
const size_t source_size_max = 200; /* a term is at most 245 bytes */

std::string shard_path(const std::string &path, unsigned shard)
{
    return path + "." + std::to_string(shard);
}

std::string string_of(const bench_text &text)
{
    return {text.bytes, text.size};
}

void add_article(Xapian::WritableDatabase &database, Xapian::TermGenerator &generator,
                 const bench_article &article)
{
    Xapian::Document document;
    generator.set_document(document);
    generator.set_termpos(0);
    generator.index_text(string_of(article.title));
    generator.index_text(string_of(article.body));
    document.add_boolean_term("S" + string_of(article.source).substr(0, source_size_max));
    document.add_value(0, string_of(article.id));
    document.add_value(1, string_of(article.date));
    std::string stored;
    for (const bench_text *text : {&article.id, &article.source, &article.title, &article.date,
                                   &article.url, &article.body}) {
        stored.append(text->bytes, text->size + 1);
    }
    document.set_data(stored);
    database.add_document(document);
}

/* Every shards-th article, beginning with number `shard`. */
void make_shard(const std::string &corpus, const std::string &path, unsigned shard, unsigned shards)
try {
    Xapian::WritableDatabase database(shard_path(path, shard), Xapian::DB_CREATE_OR_OVERWRITE |
                                                                   Xapian::DB_BACKEND_GLASS |
                                                                   Xapian::DB_NO_SYNC);
    Xapian::TermGenerator generator;
    generator.set_stemmer(Xapian::Stem(stemmer));
    generator.set_stemming_strategy(Xapian::TermGenerator::STEM_ALL);
    jsonl reader;
    bench_article article;
    jsonl_open(&reader, corpus.c_str());
    for (unsigned number = 0;; number++) {
        bool mine = number % shards == shard;
        if ((mine ? jsonl_next(&reader, &article) : jsonl_skip(&reader)) == 0) {
            break;
        }
        if (mine) {
            add_article(database, generator, article);
        }
    }
    jsonl_close(&reader);
    database.commit();
} catch (const Xapian::Error &error) {
    bench_fail("xapian", error.get_description().c_str());
}

void make_index(const std::string &corpus, const std::string &path, unsigned threads)
{
    std::vector<std::thread> running;
    for (unsigned i = 0; i < threads; i++) {
        running.emplace_back(make_shard, corpus, path, i, threads);
    }
    Xapian::Database all;
    for (unsigned i = 0; i < threads; i++) {
        running[i].join();
        all.add_database(Xapian::Database(shard_path(path, i)));
    }
    all.compact(path);
}

struct asking {
    Xapian::Database database;
    Xapian::QueryParser parser;
    std::string ids;
};

size_t run(void *context, const bench_query *query)
{
    asking *self = static_cast<asking *>(context);
    std::string words = query->words;
    Xapian::Query parsed;
    if (query->kind == QUERY_PHRASE) {
        parsed = self->parser.parse_query("\"" + words + "\"", Xapian::QueryParser::FLAG_PHRASE);
    } else if (query->kind == QUERY_PREFIX) {
        parsed = self->parser.parse_query(words + "*", Xapian::QueryParser::FLAG_WILDCARD);
    } else {
        parsed = self->parser.parse_query(words, 0);
    }
    Xapian::Enquire enquire(self->database);
    enquire.set_query(parsed);
    Xapian::MSet found = enquire.get_mset(0, 10);
    self->ids.clear();
    for (Xapian::MSetIterator i = found.begin(); i != found.end(); ++i) {
        self->ids += i.get_document().get_value(0);
    }
    return found.size();
}

void search(const char *path, const char *queries)
{
    asking self{Xapian::Database(path), Xapian::QueryParser(), {}};
    self.parser.set_database(self.database);
    self.parser.set_stemmer(Xapian::Stem(stemmer));
    self.parser.set_stemming_strategy(Xapian::QueryParser::STEM_ALL);
    self.parser.set_default_op(Xapian::Query::OP_AND);
    queries_time(queries, run, &self);
}

} // namespace

int main(int argc, char **argv)
try {
    if (argc == 5 && std::strcmp(argv[1], "index") == 0) {
        make_index(argv[2], argv[3], static_cast<unsigned>(std::stoul(argv[4])));
    } else {
        bench_must(argc == 4, "usage",
                   "xapian index CORPUS DATABASE THREADS | search DATABASE QUERIES");
        search(argv[2], argv[3]);
    }
    return 0;
} catch (const Xapian::Error &error) {
    bench_fail("xapian", error.get_description().c_str());
} catch (const std::exception &error) {
    bench_fail("xapian", error.what());
}
