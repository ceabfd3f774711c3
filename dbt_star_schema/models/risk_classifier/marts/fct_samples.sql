{{ config(materialized="incremental", meta={"touched": "int_touched_samples.sample_id"}) }}

with samples as (
    select * from {{ ref('stg_samples__samples') }}
    {{ where_touched("sample_id", "int_touched_samples.sample_id") }}
),

final as (
    select
        {{ surrogate_key("sample_id") }} as sample_key,
        sample_id,
        is_bad
    from samples
)

select * from final
