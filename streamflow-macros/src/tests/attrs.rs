//! Attributes.

use super::check;

#[test]
fn findings() {
    check(&[
        ("#![nme = \"x\"] numbers -> out", &["SF0601 @ nme: unknown attribute `nme`"]),
        ("#![name] numbers -> out", &["SF0602 @ name: this attribute has another form"]),
        ("#![name = \"a\"] #![name = \"b\"] numbers -> out", &["SF0603 @ name: `name` is given twice"]),
        (
            "#![delivery(exactly_once)] numbers -> out",
            &["SF0120 @ delivery: the attribute `delivery` does not exist in this version of streamflow"],
        ),
        ("#![batch(every = 1s, byte = 3)] numbers -> out", &["SF0601 @ byte: `batch` has no option `byte`"]),
        ("#![batch] numbers -> out", &["SF0602 @ batch: this attribute has another form"]),
        ("#![batch(3)] numbers -> out", &["SF0602 @ 3: this attribute has another form"]),
        ("#![panics = skip] numbers -> out", &[]),
        ("#![panics = skipp] numbers -> out", &["SF0602 @ skipp: `panics` cannot be `skipp`"]),
        ("#![watermark = max] numbers -> out", &[]),
        ("#![watermark = min] numbers -> out", &[]),
        ("#![watermark(policy = max)] numbers -> out", &["SF0602 @ watermark: this attribute has another form"]),
        ("#![watermark = mx] numbers -> out", &["SF0602 @ mx: `watermark` cannot be `mx`"]),
        ("#![] numbers -> out", &["SF0602 @ []: expected the name of an attribute"]),
        (
            "numbers -> #![name = \"x\"] map(f) -> out",
            &["SF0602 @ #! [name = \"x\"]: attributes stand before the source"],
        ),
    ]);
}
