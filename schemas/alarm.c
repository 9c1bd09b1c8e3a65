#include "schemas/alarm.h"

#include <stddef.h>

const char *const alarm_state_names[] = {
    "INSUFFICIENT_DATA", "OK", "ALARM", NULL};
const char *const alarm_statistic_names[] = {
    "Average", "Sum", "Minimum", "Maximum", "SampleCount", NULL};
const char *const alarm_operator_names[] = {"GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold",
    "GreaterThanUpperThreshold", NULL};
const char *const alarm_missing_names[] = {
    "missing", "ignore", "breaching", "notBreaching", NULL};
const char *const suppressed_by_names[] = {
    "", "WaitPeriod", "ExtensionPeriod", "Alarm", NULL};
