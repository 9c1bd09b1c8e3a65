/*
 * What the translators of templates share: making nodes that stand at the
 * place of others, and the list they are gathered in.
 *
 * Ownership. Everything is made in the arena; texts are borrowed.
 */
#ifndef PIPELINE_ALARM_DEFINITION_TEMPLATE_NODE_H
#define PIPELINE_ALARM_DEFINITION_TEMPLATE_NODE_H

#include "pipeline/alarm/definition/template.h"

/* A list or map that grows at its end. */
struct template_build {
	struct tree *node, *tail;
};

/* An empty node at the place of another, with its key. */
struct tree *template_node(
    struct arena *arena, enum tree_kind kind, const struct tree *place);
/* A copy at another's place, with its key; children are shared. */
struct tree *template_copy(
    struct arena *arena, const struct tree *node, const struct tree *place);
/* A scalar in quotes at the place of another. */
struct tree *
template_text(struct arena *arena, struct span text, const struct tree *place);

struct template_build template_begin(
    struct arena *arena, enum tree_kind kind, const struct tree *place);
/* Appends a node that is in no other list; NULL is left out. */
void template_put(struct template_build *build, struct tree *child);
/* The same under another key. */
void template_put_as(
    struct template_build *build, const char *key, struct tree *child);

void template_add(
    struct template_alarms *out, struct arena *arena, const struct tree *alarm);

void template_leave_out(
    struct template_alarms *out, struct arena *arena, struct span name);

/* The given value of a name, NULL when there is none. */
const struct template_parameter *
template_given(const struct template_options *options, struct span name);

/* aws, aws-cn or aws-us-gov, by the Region's name. */
const char *template_partition(struct span region);
/* arn:aws:cloudwatch:REGION:ACCOUNT:KIND:NAME, as definitions without an ARN
 * get it: what is not known is empty. */
struct span template_arn(struct arena *arena, struct span region,
    struct span account, const char *kind, struct span name);

#endif
