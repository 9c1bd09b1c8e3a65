/*
 * The tokens of a Metrics Insights query, and its reserved words. For the
 * parser in insights.c alone.
 *
 * Source: CloudWatch User Guide, "What needs quotation marks or escape
 * characters?", "Reserved keywords", and captured answers: a backslash escapes
 * a quotation mark and nothing else; of the guide's reserved words CloudWatch
 * refuses less than half, and only those are reserved here.
 *
 * Ownership. Texts are in the query or in the arena.
 */
#ifndef PIPELINE_WINDOW_INSIGHTS_TOKEN_H
#define PIPELINE_WINDOW_INSIGHTS_TOKEN_H

#include "base/arena.h"

enum insights_token_kind {
	TOKEN_END,
	TOKEN_WORD,  /* a run without quotes: SELECT, Team, AWS.Region, 500 */
	TOKEN_NAME,  /* "in double quotes" */
	TOKEN_VALUE, /* 'in single quotes' */
	TOKEN_OPEN,  /* a quote that is never closed */
	TOKEN_MARK   /* ( ) , ; and comparisons */
};

struct insights_token {
	enum insights_token_kind kind;
	struct span raw;  /* as it stands in the query */
	struct span text; /* without quotes and escapes */
	unsigned column;  /* in characters, from 1 */
};

struct insights_tokens {
	struct arena *arena;
	struct span text;
	size_t at;	 /* bytes that are read */
	unsigned column; /* characters that are read */
};

/* A space, a tab or the end of a line. */
bool insights_blank(char c);
struct insights_token insights_token_next(struct insights_tokens *tokens);
/* Whether the token is this word, in any case, or this mark. */
bool insights_token_is(const struct insights_token *token, const char *text);
/* Letters, digits and _ only: a name that needs no quotes unless reserved. */
bool insights_word_plain(struct span word);
/* In any case. */
bool insights_word_reserved(struct span word);

#endif
