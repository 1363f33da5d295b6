//! Operators that do not exist.

use super::check;

#[test]
fn findings() {
    check(&[
        ("numbers -> fliter(|x| x) -> out", &["SF0201 @ fliter: unknown operator `fliter`"]),
        ("numbers -> mpa(|x| x) -> out", &["SF0201 @ mpa: unknown operator `mpa`"]),
        (
            "numbers -> groupBy(|x| x) -> window(tumbling(10s)) -> out",
            &["SF0202 @ groupBy: unknown operator `groupBy`"],
        ),
        ("numbers -> keyBy(|x| x) -> map(f) -> out", &["SF0202 @ keyBy: unknown operator `keyBy`"]),
        ("numbers -> tap(f) -> out", &["SF0202 @ tap: unknown operator `tap`"]),
        ("numbers -> zzzzzzzz() -> out", &["SF0201 @ zzzzzzzz: unknown operator `zzzzzzzz`"]),
        ("numbers -> parse::<fn(A) -> B>(x) -> out", &["SF0201 @ parse: unknown operator `parse`"]),
    ]);
}

/// What Spark's `DStream` and `PairDStreamFunctions` offer is known here, by its name or by another one.
#[test]
fn every_operator_of_spark_streaming_has_an_answer() {
    let spark = "map flatMap filter glom repartition mapPartitions reduce count countByValue foreachRDD transform transformWith \
        print window reduceByWindow countByWindow countByValueAndWindow union slice saveAsTextFiles saveAsObjectFiles persist cache \
        groupByKey reduceByKey combineByKey groupByKeyAndWindow reduceByKeyAndWindow updateStateByKey mapWithState stateSnapshots \
        mapValues flatMapValues cogroup join leftOuterJoin rightOuterJoin fullOuterJoin saveAsHadoopFiles remember";
    let flink = "keyBy union connect process aggregate timeWindow countWindow assignTimestampsAndWatermarks intervalJoin \
        sideOutputLateData rebalance asyncMap keyedProcess";
    for name in spark.split_whitespace().chain(flink.split_whitespace()) {
        if crate::op::find(name).is_some() {
            continue;
        }
        let found = super::findings(&format!("numbers -> {name}(f) -> out"));
        assert!(found.iter().any(|line| line.starts_with("SF0202")), "{name}: {found:?}");
    }
}
