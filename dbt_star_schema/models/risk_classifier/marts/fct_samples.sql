with samples as (
    select * from {{ ref('stg_samples__samples') }}
),

final as (
    select
        sample_id,
        is_bad
    from samples
)

select * from final
