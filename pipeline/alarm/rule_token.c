#include "pipeline/alarm/rule_token.h"

static bool
rule_token_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
rule_token_mark(char c)
{
	return c == '(' || c == ')' || c == ',';
}

/* The bytes behind the opening quote, up to the one that closes it. */
static void
rule_token_quoted(struct rule_text *text, struct rule_token *token)
{
	size_t begin = ++text->at;

	for (; text->at < text->all.len; text->at++) {
		char c = text->all.at[text->at];

		if (c == '\\' && text->at + 1 < text->all.len)
			text->at++;
		else if (c == '"')
			break;
	}
	token->kind = text->at < text->all.len ? RULE_QUOTED : RULE_TORN;
	token->text = span_make(text->all.at + begin, text->at - begin);
	text->at += text->at < text->all.len;
}

static void
rule_token_word(struct rule_text *text, struct rule_token *token)
{
	size_t begin = text->at;

	while (text->at < text->all.len &&
	    !rule_token_space(text->all.at[text->at]) &&
	    !rule_token_mark(text->all.at[text->at]))
		text->at++;
	token->kind = RULE_WORD;
	token->text = span_make(text->all.at + begin, text->at - begin);
}

struct rule_token
rule_token(struct rule_text *text)
{
	struct rule_token token = {RULE_END, {"", 0}, 0};
	char c;

	while (text->at < text->all.len &&
	    rule_token_space(text->all.at[text->at]))
		text->at++;
	token.at = text->at;
	if (text->at >= text->all.len)
		return token;
	c = text->all.at[text->at];
	if (c == '"') {
		rule_token_quoted(text, &token);
	} else if (rule_token_mark(c)) {
		token.kind = c == '(' ? RULE_OPEN
		    : c == ')'	      ? RULE_CLOSE
				      : RULE_COMMA;
		token.text = span_make(text->all.at + text->at++, 1);
	} else {
		rule_token_word(text, &token);
	}
	return token;
}
