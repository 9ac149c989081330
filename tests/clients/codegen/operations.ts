// What a front end of Apollo's writes: operations beside its views, typed by what graphql-codegen generates.
import { graphql } from "./__generated__";

export const IssueRow = graphql(`
  fragment IssueRow on Issue {
    id
    code
    title
    level
    stage
    light
    dueAt
    street {
      id
      nameZh
    }
  }
`);

export const Board = graphql(`
  query Board($where: IssueWhere, $first: Int, $after: String) {
    issues(
      where: $where
      orderBy: { field: DUE_AT, direction: ASC }
      first: $first
      after: $after
    ) {
      totalCount
      nodes {
        ...IssueRow
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const IssuePage = graphql(`
  query IssuePage($id: ID!) {
    issue(id: $id) {
      ...IssueRow
      place
      timeline(last: 5) {
        nodes {
          id
          kindLabel
          at
          note
          post {
            id
            role
          }
        }
      }
      allowedActions {
        action
        allowed
        reason {
          code
          message
        }
      }
    }
  }
`);

export const Units = graphql(`
  query Units {
    streets(first: 50) {
      nodes {
        id
        nameZh
        openCount
        overdueCount
        communities(first: 50) {
          nodes {
            id
            nameZh
          }
        }
      }
    }
  }
`);

export const Assess = graphql(`
  mutation Assess($input: AssessIssueInput!) {
    assessIssue(input: $input) {
      __typename
      ... on IssueAssessed {
        issue {
          ...IssueRow
        }
      }
      ... on Problem {
        code
        message
        field
      }
      ... on WrongStageProblem {
        found
        expected
      }
    }
  }
`);

export const IssueEvents = graphql(`
  subscription IssueEvents($where: IssueEventWhere, $after: String) {
    issueEvents(where: $where, after: $after) {
      type
      seq
      resumeToken
      issue {
        ...IssueRow
      }
    }
  }
`);
