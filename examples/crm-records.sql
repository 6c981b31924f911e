-- What a CRM says of each call, for [[inputs.records]] of nightly.toml. Paste the query, from SELECT on, into it:
--
--     [[inputs.records]]
--     url = "env:ESCALERT_CRM_URL"      # postgresql://escalert:…@crm-db/crm; an account that may only read
--     query = """
--     SELECT …
--     """
--
-- Change:
--   - the names of tables and columns (these are made up);
--   - call_id: it must be the id under which escalert knows the transcript (`escalert missed` shows it);
--   - escalated: 1, 0, or NULL where the record does not tell, as long as a ticket is open, say;
--   - the days. Records come late, often a day after the call: so the query goes back a week, and what is known already
--     costs next to nothing. Going back seven days from the night, :date, is written
--       PostgreSQL: CAST(:date AS date) - 7
--       MySQL, MariaDB: DATE_SUB(:date, INTERVAL 7 DAY)
--       SQL Server: DATEADD(day, -7, :date)
--       SQLite: date(:date, '-7 days')
--
-- Columns other than these five are kept beside the record, so leave out what should not be.

SELECT
    contact.contact_id AS call_id,
    CASE
        WHEN ticket.escalated_to IS NOT NULL THEN 1
        WHEN ticket.closed_on IS NOT NULL THEN 0
    END AS escalated,
    ticket.escalated_to AS transferred_to,
    ticket.disposition AS disposition,
    contact.account_id AS customer_id
FROM contacts AS contact
LEFT JOIN tickets AS ticket ON ticket.contact_id = contact.contact_id
WHERE contact.ended_on >= CAST(:date AS date) - 7
