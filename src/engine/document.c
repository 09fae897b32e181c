#include "engine/document.h"

struct stored_document document_of(const struct article *article)
{
    return (struct stored_document){.id = article->id,
                                    .id_size = article->id_size,
                                    .source = article->source,
                                    .source_size = article->source_size,
                                    .url = article->url,
                                    .url_size = article->url_size,
                                    .date = article->date,
                                    .date_size = article->date_size,
                                    .extras = article->extras,
                                    .extras_size = article->extras_size,
                                    .text = article->text,
                                    .text_size = article->text_size,
                                    .title_start = article->title_start,
                                    .title_end = article->title_end};
}

struct article article_of(const struct stored_document *stored)
{
    return (struct article){.id = stored->id,
                            .id_size = stored->id_size,
                            .source = stored->source,
                            .source_size = stored->source_size,
                            .url = stored->url,
                            .url_size = stored->url_size,
                            .date = stored->date,
                            .date_size = stored->date_size,
                            .extras = stored->extras,
                            .extras_size = stored->extras_size,
                            .text = stored->text,
                            .text_size = stored->text_size,
                            .title_start = stored->title_start,
                            .title_end = stored->title_end};
}
