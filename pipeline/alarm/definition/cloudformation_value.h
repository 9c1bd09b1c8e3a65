/*
 * What the values of a CloudFormation template are: literals, and intrinsic
 * functions of what stands in the template or is given.
 *
 * Every value is resolved at its own place: the result has the file, line,
 * column and key of the expression. NULL is a failure that has its fault; a
 * node of TREE_NULL is an absent value (AWS::NoValue).
 * Limits. LIMIT_JSON_DEPTH levels, references included; LIMIT_TEMPLATE_TEXT a
 * text; LIMIT_TEMPLATE_BYTES a template.
 */
#ifndef PIPELINE_ALARM_DEFINITION_CLOUDFORMATION_VALUE_H
#define PIPELINE_ALARM_DEFINITION_CLOUDFORMATION_VALUE_H

#include "base/table.h"
#include "pipeline/alarm/definition/template_node.h"

struct cloudformation {
	struct arena *arena;
	const struct template_options *options;
	struct faults *faults;
	const struct tree *mappings;
	struct table resources, parameters, conditions; /* name: its node */
	struct table decided; /* condition: one of the decisions' names */
	struct span alarm;    /* logical id of what is being resolved */
	size_t work;	      /* bytes made so far */
	bool spent;	      /* the limit is reached: nothing goes on */
};

enum cloudformation_decision { DECISION_FALSE, DECISION_TRUE, DECISION_FAILED };

const struct tree *cloudformation_value(
    struct cloudformation *c, const struct tree *node, size_t depth);
/* Resolves a member or an item and appends it; absent ones are left out.
 * False after a failure. */
bool cloudformation_put(struct cloudformation *c, struct template_build *build,
    const struct tree *child, size_t depth);
/* A value that must be a single one. */
bool cloudformation_text(struct cloudformation *c, const struct tree *node,
    size_t depth, struct span *out);
/* A value that must be a list. */
const struct tree *cloudformation_list(
    struct cloudformation *c, const struct tree *node, size_t depth);
/* The argument as it stands, when it is a list of min to max items. */
bool cloudformation_arguments(struct cloudformation *c,
    const struct tree *argument, size_t min, size_t max, const char *usage);

/* Ref, Fn::GetAtt and Fn::FindInMap (cloudformation_ref.c). */
const struct tree *cloudformation_ref(struct cloudformation *c,
    struct span name, const struct tree *place, size_t depth);
const struct tree *
cloudformation_attribute(struct cloudformation *c, struct span name,
    struct span attribute, const struct tree *place, size_t depth);
/* A pseudo parameter as far as it is known; "" is not. */
struct span cloudformation_region(const struct cloudformation *c);
struct span cloudformation_account(const struct cloudformation *c);

/* Functions of texts and lists (cloudformation_text.c). */
const struct tree *cloudformation_sub(
    struct cloudformation *c, const struct tree *argument, size_t depth);
const struct tree *cloudformation_join(
    struct cloudformation *c, const struct tree *argument, size_t depth);
const struct tree *cloudformation_split(
    struct cloudformation *c, const struct tree *argument, size_t depth);
const struct tree *cloudformation_select(
    struct cloudformation *c, const struct tree *argument, size_t depth);
const struct tree *cloudformation_find(
    struct cloudformation *c, const struct tree *argument, size_t depth);

/* Conditions (cloudformation_condition.c). */
enum cloudformation_decision cloudformation_named(struct cloudformation *c,
    struct span name, const struct tree *place, size_t depth);
const struct tree *cloudformation_if(
    struct cloudformation *c, const struct tree *argument, size_t depth);

/* A scalar at the place, counted against the limits; NULL beyond them. */
const struct tree *cloudformation_made(
    struct cloudformation *c, struct span text, const struct tree *place);
/* Counts bytes; false (and one fault) when the template's limit is reached. */
bool cloudformation_charge(
    struct cloudformation *c, const struct tree *place, size_t bytes);
/* A fault that says which alarm is left out. Returns NULL. */
const struct tree *
cloudformation_fault(struct cloudformation *c, const struct tree *place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
