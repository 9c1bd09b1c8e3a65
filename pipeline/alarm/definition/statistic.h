/*
 * The statistics that CloudWatch knows, as they are written: Average, p99.9,
 * tm90, TM(10%:90%), PR(:300), IQM. Source: the pattern of
 * PutAnomalyDetector.Stat, "CloudWatch statistics definitions", and
 * "Statistics that can be streamed".
 */
#ifndef PIPELINE_ALARM_DEFINITION_STATISTIC_H
#define PIPELINE_ALARM_DEFINITION_STATISTIC_H

#include "schemas/alarm.h"

enum statistic_form {
	STATISTIC_UNKNOWN,    /* no statistic of CloudWatch */
	STATISTIC_PLAIN,      /* one of the five that every stream carries */
	STATISTIC_PERCENTILE, /* pNN: streams of any format, when asked */
	STATISTIC_RANGE,      /* tm wm tc ts PR IQM: JSON streams, when asked */
	STATISTIC_UNSTREAMED  /* the rest */
};

/* `plain` is set for STATISTIC_PLAIN, STATISTIC_EXTENDED else. */
enum statistic_form
statistic_form(struct span text, enum alarm_statistic *plain);
/*
 * Samples below which CloudWatch holds a percentile to be insignificant:
 * 10 / (1 - p) from the median up, 10 / p below it (User Guide,
 * "Percentile-based alarms and low data samples"). 0 for p0 and p100, and for
 * what is no percentile.
 */
double statistic_samples(struct span text);

#endif
