#include "pipeline/window/insights_token.h"

bool
insights_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_mark(char c)
{
	return strchr("(),;=!<>", c) != NULL && c != 0;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Takes bytes off the text; those that continue a character do not count. */
static struct span
token_take(struct insights_tokens *tokens, size_t len)
{
	struct span taken = span_make(tokens->text.at + tokens->at, len);

	for (size_t i = 0; i < len; i++)
		tokens->column += ((unsigned char)taken.at[i] & 0xc0) != 0x80;
	tokens->at += len;
	return taken;
}

/* Only quotation marks are escaped: any other backslash is itself. */
static bool
is_escape(struct span rest, size_t i)
{
	return rest.at[i] == '\\' && i + 1 < rest.len &&
	    (rest.at[i + 1] == '"' || rest.at[i + 1] == '\'');
}

/* The length with both quotes; 0 when it is never closed. */
static size_t
quoted_length(struct span rest)
{
	for (size_t i = 1; i < rest.len; i++) {
		if (is_escape(rest, i))
			i++;
		else if (rest.at[i] == rest.at[0])
			return i + 1;
	}
	return 0;
}

static struct span
quoted_text(struct arena *arena, struct span raw)
{
	struct span inner = span_make(raw.at + 1, raw.len - 2);
	char *text = arena_alloc(arena, inner.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < inner.len; i++) {
		i += is_escape(inner, i);
		text[len++] = inner.at[i];
	}
	return span_make(text, len);
}

static size_t
mark_length(struct span rest)
{
	if (rest.len < 2)
		return 1;
	if (rest.at[1] == '=' && strchr("!<>", rest.at[0]) != NULL)
		return 2;
	return rest.at[0] == '<' && rest.at[1] == '>' ? 2 : 1;
}

static size_t
word_length(struct span rest)
{
	size_t i = 0;

	while (i < rest.len && !insights_blank(rest.at[i]) &&
	    !is_mark(rest.at[i]) && rest.at[i] != '"' && rest.at[i] != '\'')
		i++;
	return i;
}

struct insights_token
insights_token_next(struct insights_tokens *tokens)
{
	struct insights_token token = {0};
	struct span rest;
	size_t len;

	while (tokens->at < tokens->text.len &&
	    insights_blank(tokens->text.at[tokens->at]))
		token_take(tokens, 1);
	token.column = tokens->column + 1;
	rest = span_make(
	    tokens->text.at + tokens->at, tokens->text.len - tokens->at);
	if (rest.len == 0)
		return token;
	if (rest.at[0] == '"' || rest.at[0] == '\'') {
		token.kind = rest.at[0] == '"' ? TOKEN_NAME : TOKEN_VALUE;
		len = quoted_length(rest);
		if (len == 0)
			token.kind = TOKEN_OPEN;
		token.raw = token_take(tokens, len == 0 ? rest.len : len);
		token.text = token.raw;
		if (len != 0)
			token.text = quoted_text(tokens->arena, token.raw);
		return token;
	}
	token.kind = is_mark(rest.at[0]) ? TOKEN_MARK : TOKEN_WORD;
	len = token.kind == TOKEN_MARK ? mark_length(rest) : word_length(rest);
	token.raw = token.text = token_take(tokens, len);
	return token;
}

bool
insights_token_is(const struct insights_token *token, const char *text)
{
	if (token->kind != TOKEN_WORD && token->kind != TOKEN_MARK)
		return false;
	if (token->text.len != strlen(text))
		return false;
	for (size_t i = 0; i < token->text.len; i++)
		if (lower(token->text.at[i]) != lower(text[i]))
			return false;
	return true;
}

bool
insights_word_plain(struct span word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = lower(word.at[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '_')
			return false;
	}
	return word.len > 0;
}
