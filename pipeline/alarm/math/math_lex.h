/*
 * The words and signs of an expression. Of math/ alone.
 *
 * A lexer stands on one token; math_lex_next() goes to the one behind it.
 * Ownership. Borrows the text.
 */
#ifndef PIPELINE_ALARM_MATH_MATH_LEX_H
#define PIPELINE_ALARM_MATH_MATH_LEX_H

#include "pipeline/alarm/math/math_tree.h"

enum math_token {
	TOKEN_END,
	TOKEN_NUMBER,
	TOKEN_TEXT, /* in "" or '' */
	TOKEN_NAME, /* an id, a function, a keyword */
	TOKEN_OPERATOR,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_LIST,
	TOKEN_LIST_END,
	TOKEN_COMMA
};

struct math_lex {
	struct span all;
	size_t at; /* behind the token */
	struct arena *arena;
	struct math_fault *fault;
	enum math_token token;
	enum math_operator sign; /* TOKEN_OPERATOR */
	double number;		 /* TOKEN_NUMBER */
	struct span text;	 /* the token; TOKEN_TEXT: between quotes */
	unsigned column;
};

/* Both go to the next token; false: a fault. */
bool math_lex_init(struct math_lex *lex, struct arena *arena, struct span text,
    struct math_fault *fault);
bool math_lex_next(struct math_lex *lex);
/* The token as a fault names it. */
const char *math_lex_shown(const struct math_lex *lex);

#endif
