{{ config(materialized="incremental", meta={"touched": "int_touched_samples.sample_id"}) }}

with samples as (
    select * from {{ touched_rows("stg_samples__samples", "sample_id", "int_touched_samples.sample_id") }}
),

final as (
    select
        {{ surrogate_key("sample_id") }} as sample_key,
        sample_id,
        is_bad
    from samples
)

select * from final
